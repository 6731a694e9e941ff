<?php
/**
 * The site was FORMER_DOMAIN before: its addresses in the database become DOMAIN's. Only once: this is recorded in the
 * database itself, in the same transaction. Without WordPress, whose own connection reconnects automatically when
 * it is lost, and would continue outside of the transaction.
 */
require __DIR__ . '/site-state.php';
require __DIR__ . '/serialized.php';
require __DIR__ . '/addresses.php';

$from   = strtolower( getenv( 'FORMER_DOMAIN' ) );
$to     = getenv( 'DOMAIN' );
$prefix = freehold_prefix();
if ( ! preg_match( '/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/', $from ) ) {
	fwrite( STDERR, "FORMER_DOMAIN must be the previous host name of the site, such as old.example.com, but is '$from'.\n" );
	exit( 2 );
}
$database = freehold_database_or_fail( 3600 );
mysqli_report( MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT );
try {
	$database->set_charset( 'utf8mb4' );
	if ( $from === $to || ! freehold_tables( $database, "{$prefix}options" ) || freehold_is_done( $database, $prefix, "$from became $to" ) ) {
		exit( 0 );
	}
	$database->begin_transaction();
	$count = freehold_change_addresses( $database, $prefix, freehold_address_changer( $from, $to ), $from );
	freehold_set_done( $database, $prefix, "$from became $to" );
	$database->commit();
	echo "Changed $from to $to in $count fields of the database.\n";
} catch ( mysqli_sql_exception $error ) {
	fwrite( STDERR, "Cannot change the address $from to $to; nothing was changed: " . $error->getMessage() . ".\n" );
	exit( 1 );
}

function freehold_is_done( mysqli $database, string $prefix, string $done ): bool {
	$query = "SELECT 1 FROM {$prefix}options WHERE option_name = 'freehold_address' AND option_value = ?";
	return (bool) $database->execute_query( $query, array( $done ) )->fetch_row();
}

function freehold_set_done( mysqli $database, string $prefix, string $done ): void {
	$query = "REPLACE INTO {$prefix}options (option_name, option_value, autoload) VALUES ('freehold_address', ?, 'off')";
	$database->execute_query( $query, array( $done ) );
}
