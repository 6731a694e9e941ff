<?php
/**
 * Installs WordPress into a database without tables. The administrator's password follows from SALT; import has written
 * it to login.txt in the same way (packages/import/src/wordpress/login.ts), so it does not have to be passed on.
 */
$salt = getenv( 'SALT' );
if ( ! $salt ) {
	fwrite( STDERR, "WordPress cannot be installed: SALT is missing in wordpress/.env. Restart the site with its unit, which adds it.\n" );
	exit( 1 );
}
$domain   = getenv( 'DOMAIN' );
$digest   = hash_hmac( 'sha256', "administrator of $domain", $salt, true );
$password = strtr( base64_encode( substr( $digest, 0, 18 ) ), '+/', '-_' );
$database->query( 'SET FOREIGN_KEY_CHECKS = 0' );
// The mark is removed last.
foreach ( array( ...array_diff( $tables, array( FREEHOLD_INSTALLING ) ), FREEHOLD_INSTALLING ) as $table ) {
	$database->query( 'DROP TABLE IF EXISTS `' . str_replace( '`', '``', $table ) . '`' );
}
if ( ! $database->query( 'CREATE TABLE ' . FREEHOLD_INSTALLING . ' (id INT)' ) ) {
	fwrite( STDERR, "WordPress cannot be installed: {$database->error}.\n" );
	exit( 1 );
}
require __DIR__ . '/load-wordpress.php';
$done = wp_install( $domain, 'owner', getenv( 'FREEHOLD_OPERATOR' ) ?: "wordpress@$domain", true, '', $password );
if ( empty( $done['user_id'] ) || ! is_blog_installed() ) {
	fwrite( STDERR, "Cannot install WordPress. The next start tries again.\n" );
	exit( 1 );
}
$database->query( 'DROP TABLE ' . FREEHOLD_INSTALLING );
echo "Installed WordPress. The administrator's name and password are in /data/domains/$domain/wordpress/login.txt.\n";
