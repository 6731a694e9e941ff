<?php
/**
 * The site's database, asked without WordPress, whose answer would be a page.
 */

/**
 * @param int $seconds how long it may take for each answer: one that hangs takes the connection, and says nothing.
 * @return mysqli|false with exceptions off.
 */
function freehold_database( int $seconds = 5 ) {
	mysqli_report( MYSQLI_REPORT_OFF );
	$database = mysqli_init();
	$database->options( MYSQLI_OPT_CONNECT_TIMEOUT, 5 );
	$database->options( MYSQLI_OPT_READ_TIMEOUT, $seconds );
	$is_in = @$database->real_connect( 'localhost', getenv( 'DB_USER' ) ?: 'wordpress', getenv( 'DB_PASS' ), getenv( 'DB_NAME' ) ?: 'wordpress' );
	return $is_in ? $database : false;
}

/** Ends the program with a sentence if it does not let its user in. */
function freehold_database_or_fail( int $seconds = 5 ): mysqli {
	$database = freehold_database( $seconds );
	if ( $database ) {
		return $database;
	}
	fwrite( STDERR, 'The database of ' . getenv( 'DOMAIN' ) . ' does not let its user in: ' . mysqli_connect_error() . ".\n" );
	exit( 1 );
}
