<?php
/**
 * HAProxy's health check: PHP runs, and the database contains an installed WordPress.
 */
require_once __DIR__ . '/site-state.php';
$database = freehold_database();
$state    = $database ? freehold_site_state( $database, $table_prefix )[0] : 'unreachable';
http_response_code( $state === 'installed' ? 200 : 503 );
header( 'Content-Type: text/plain' );
echo $state === 'installed' ? "up\n" : "The database is $state.\n";
