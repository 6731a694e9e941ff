<?php
/**
 * Connects to the site's database without WordPress, which would answer an error with a page.
 */

/**
 * @param int $seconds the time limit of each answer: a hanging server accepts the connection, but never answers.
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

/** Ends the program with an error if the database refuses its user. */
function freehold_database_or_fail( int $seconds = 5 ): mysqli {
	$database = freehold_database( $seconds );
	if ( $database ) {
		return $database;
	}
	fwrite( STDERR, 'The database of ' . getenv( 'DOMAIN' ) . ' refuses its user: ' . mysqli_connect_error() . ".\n" );
	exit( 1 );
}
