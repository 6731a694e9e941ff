<?php
/**
 * WordPress on the command line, as its own installer and upgrade load it: without plugins.
 */
define( 'WP_INSTALLING', true );
$_SERVER['HTTP_HOST']   = getenv( 'DOMAIN' );
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['HTTPS']       = 'on';

/** Otherwise the installer would send it. */
function wp_new_blog_notification(): void {
}

require '/usr/share/wordpress/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
// The site does not answer yet, and the host's connections to others may not work.
add_filter( 'pre_http_request', static fn() => new WP_Error( 'freehold', 'Nothing is fetched before the site is up.' ) );
