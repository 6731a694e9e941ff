<?php
/**
 * Determines the state of the site's database without WordPress, which shows its installer in unknown states.
 */
require_once __DIR__ . '/database.php';

/** Exists during an installation, which created all other tables; nobody has used them yet. */
const FREEHOLD_INSTALLING = 'freehold_installing';

/**
 * @return array{string, string[]} the state and the tables. The state is
 *   installed: WordPress is installed;
 *   empty:     there is no table;
 *   unfinished: an installation was interrupted;
 *   foreign:   there are tables, but no WordPress with this prefix.
 */
function freehold_site_state( mysqli $database, string $prefix ): array {
	$tables = array_column( $database->query( 'SHOW TABLES' )->fetch_all(), 0 );
	if ( in_array( FREEHOLD_INSTALLING, $tables, true ) ) {
		return array( 'unfinished', $tables );
	}
	if ( ! $tables ) {
		return array( 'empty', $tables );
	}
	$query     = "SELECT 1 FROM `{$prefix}options` WHERE option_name = 'siteurl' AND option_value <> ''";
	$installed = in_array( "{$prefix}options", $tables, true ) && $database->query( $query )?->fetch_row();
	return array( $installed ? 'installed' : 'foreign', $tables );
}

/** Returns the prefix of the tables, or ends the program with an error. */
function freehold_prefix(): string {
	$prefix = getenv( 'DB_PREFIX' ) ?: 'wp_';
	if ( preg_match( '/^[A-Za-z0-9_]+$/', $prefix ) ) {
		return $prefix;
	}
	fwrite( STDERR, "DB_PREFIX must consist of letters, digits and underscores, but is '$prefix'.\n" );
	exit( 2 );
}
