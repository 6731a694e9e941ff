<?php
/**
 * Before Apache listens: a new site is installed, so that no visitor ever sees the installer, and the tables of an older
 * core are upgraded. After an interruption, the next start begins again.
 */
require __DIR__ . '/site-state.php';
$database           = freehold_database_or_fail( 3600 );
$prefix             = freehold_prefix();
[ $state, $tables ] = freehold_site_state( $database, $prefix );

if ( $state === 'foreign' ) {
	$others = array_diff( preg_filter( '/^(\w+_)?options$/', '$1', $tables ), array( $prefix ) );
	$fix    = $others ? 'Set DB_PREFIX in wordpress/.env to the prefix of its tables: ' . implode( ' or ', $others ) : 'Load a complete dump of a WordPress: stop the site, move db_files away, start it';
	fwrite( STDERR, "The database has tables, but no complete WordPress whose tables begin with '$prefix'. $fix.\n" );
	exit( 1 );
}
if ( $state === 'installed' ) {
	require '/usr/share/wordpress/wp-includes/version.php';
	$query   = "SELECT option_value FROM `{$prefix}options` WHERE option_name = 'db_version'";
	[ $has ] = $database->query( $query )->fetch_row() ?: array( '' );
	if ( (int) $has >= (int) $wp_db_version ) {
		exit( 0 );
	}
	require __DIR__ . '/upgrade-tables.php';
	exit( 0 );
}
require __DIR__ . '/install.php';
