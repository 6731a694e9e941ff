<?php
/**
 * WordPress's settings, all from the environment: wordpress/.env in the domain's folder, and the unit.
 */

define( 'DB_NAME', getenv( 'DB_NAME' ) ?: 'wordpress' );
define( 'DB_USER', getenv( 'DB_USER' ) ?: 'wordpress' );
define( 'DB_PASSWORD', getenv( 'DB_PASS' ) );
define( 'DB_HOST', 'localhost:/run/mysqld/mysqld.sock' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
$table_prefix = getenv( 'DB_PREFIX' ) ?: 'wp_';

// All eight secrets are derived from one. If it is missing, WordPress creates its own and stores them in the database.
if ( getenv( 'SALT' ) ) {
	foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $name ) {
		define( $name . '_KEY', hash_hmac( 'sha256', $name . '_KEY', getenv( 'SALT' ) ) );
		define( $name . '_SALT', hash_hmac( 'sha256', $name . '_SALT', getenv( 'SALT' ) ) );
	}
}

// The address is the domain's, whatever the database contains. Apache sets HTTPS if the edge reports it.
$scheme = PHP_SAPI === 'cli' || ( $_SERVER['HTTPS'] ?? '' ) === 'on' ? 'https' : 'http';
define( 'WP_HOME', $scheme . '://' . getenv( 'DOMAIN' ) );
define( 'WP_SITEURL', WP_HOME );

// Core comes with the image; themes and plugins are the owner's, and can be installed as anywhere.
define( 'WP_AUTO_UPDATE_CORE', false );
define( 'FS_METHOD', 'direct' );
define( 'WP_TEMP_DIR', '/var/tmp' );
// A timer of the host runs them, so no visitor waits for them.
define( 'DISABLE_WP_CRON', true );
define( 'WP_DEBUG', false );

// HAProxy's check, which Apache marks.
if ( isset( $_SERVER['FREEHOLD_CHECK'] ) ) {
	require '/usr/share/freehold/check.php';
	exit;
}

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require '/usr/share/freehold/hooks.php';
require_once ABSPATH . 'wp-settings.php';
