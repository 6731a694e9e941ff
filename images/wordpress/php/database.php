<?php
/**
 * Whether the database lets its user in, asked without WordPress, whose answer would be a page.
 */

/** @return mysqli|false */
function freehold_database() {
	mysqli_report( MYSQLI_REPORT_OFF );
	return @mysqli_connect( 'localhost', getenv( 'DB_USER' ) ?: 'wordpress', getenv( 'DB_PASS' ), getenv( 'DB_NAME' ) ?: 'wordpress' );
}

/** Ends the program with a sentence if it does not. */
function freehold_database_or_fail(): mysqli {
	$database = freehold_database();
	if ( $database ) {
		return $database;
	}
	fwrite( STDERR, 'The database of ' . getenv( 'DOMAIN' ) . ' does not let its user in: ' . mysqli_connect_error() . ".\n" );
	exit( 1 );
}
