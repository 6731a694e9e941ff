<?php
/**
 * The site was FORMER_DOMAIN before: its addresses in the database become DOMAIN's. Once: that it is done stands in the
 * database itself, written together with the change.
 */
require __DIR__ . '/database.php';
require __DIR__ . '/serialized.php';
require __DIR__ . '/addresses.php';
freehold_database_or_fail()->close();
define( 'SHORTINIT', true ); // The database and WordPress' own functions, without any plugin.
require '/usr/share/wordpress/wp-load.php';

$from = strtolower( getenv( 'FORMER_DOMAIN' ) );
$to   = getenv( 'DOMAIN' );
if ( ! preg_match( '/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/', $from ) ) {
	fwrite( STDERR, "FORMER_DOMAIN must be the host name that the site had before, such as old.example.com, but is '$from'.\n" );
	exit( 2 );
}
$done = "$from became $to";
$wpdb->suppress_errors();
$last = $wpdb->get_var( "SELECT option_value FROM $wpdb->options WHERE option_name = 'freehold_address'" );
if ( $from === $to || $last === $done || ! $wpdb->get_var( "SELECT 1 FROM $wpdb->options LIMIT 1" ) ) {
	exit( 0 );
}
try {
	$wpdb->query( 'START TRANSACTION' );
	$count = freehold_change_addresses( $wpdb, freehold_address_changer( $from, $to ), $from );
	freehold_change( $wpdb, $wpdb->prepare( "REPLACE INTO $wpdb->options (option_name, option_value, autoload) VALUES ('freehold_address', %s, 'off')", $done ) );
	freehold_change( $wpdb, 'COMMIT' );
	echo "$count fields of the database named $from and name $to now.\n";
} catch ( RuntimeException $error ) {
	fwrite( STDERR, "The address $from could not be changed to $to, and nothing was changed: " . $error->getMessage() . ".\n" );
	exit( 1 );
}
