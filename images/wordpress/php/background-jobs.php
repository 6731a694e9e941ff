<?php
/**
 * Runs WordPress's scheduled jobs that are due, started by a timer of the host.
 */
require __DIR__ . '/site-state.php';
[ $state ] = freehold_site_state( freehold_database_or_fail(), freehold_prefix() );
if ( $state !== 'installed' ) {
	echo "No background jobs yet: WordPress is not installed.\n";
	exit( 0 );
}

$_SERVER['HTTP_HOST']   = getenv( 'DOMAIN' );
$_SERVER['REQUEST_URI'] = '/wp-cron.php';
$_SERVER['HTTPS']       = 'on';
require '/usr/share/wordpress/wp-cron.php';
