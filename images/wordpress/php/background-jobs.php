<?php
/**
 * What is due, from a timer of the host: the database follows a newer core (hooks.php), then WordPress' planned jobs.
 */
require __DIR__ . '/database.php';
freehold_database_or_fail();

$_SERVER['HTTP_HOST']   = getenv( 'DOMAIN' );
$_SERVER['REQUEST_URI'] = '/wp-cron.php';
$_SERVER['HTTPS']       = 'on';
// Sent by WordPress to a browser that is not there, when it is not installed yet.
ob_start();
require '/usr/share/wordpress/wp-cron.php';
