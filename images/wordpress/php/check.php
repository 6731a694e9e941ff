<?php
/**
 * HAProxy's question whether the site lives: PHP runs, and the database lets its user in.
 */
require __DIR__ . '/database.php';
$alive = (bool) freehold_database();
http_response_code( $alive ? 200 : 503 );
header( 'Content-Type: text/plain' );
echo $alive ? "alive\n" : "the database does not answer\n";
