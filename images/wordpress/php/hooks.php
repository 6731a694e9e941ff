<?php
/**
 * What WordPress is told to do otherwise here. Hooks that stand in $wp_filter before WordPress starts are taken over
 * by it (WP_Hook::build_preinitialized_hooks), so that this needs no place in the owner's wp-content.
 */

$freehold_hook = static function ( string $name, callable $function, int $priority = 10 ): void {
	$GLOBALS['wp_filter'][ $name ][ $priority ][] = array( 'function' => $function, 'accepted_args' => 1 );
};

// Mail goes to the host's own Postfix. Where there is none, it fails at once, with a line in the journal.
$freehold_hook(
	'phpmailer_init',
	static function ( $mailer ): void {
		if ( $mailer->Mailer !== 'mail' ) {
			return; // A plugin has a server of its own.
		}
		$mailer->isSMTP();
		$mailer->Host        = getenv( 'GATEWAY' );
		$mailer->Port        = 587;
		$mailer->SMTPAutoTLS = false;
		$mailer->Timeout     = 10;
		$mailer->Hostname    = getenv( 'DOMAIN' );
		// Postfix takes mail of a site from its own domain only; who writes is another matter (docs/how-to/forward-mail.md).
		// What stands in the envelope is Sender, and From only where that is empty.
		if ( ! str_ends_with( strtolower( $mailer->Sender ?: $mailer->From ), '@' . getenv( 'DOMAIN' ) ) ) {
			$mailer->Sender = 'wordpress@' . getenv( 'DOMAIN' );
		}
	},
	PHP_INT_MAX // After all plugins, as they change the message, too.
);

$freehold_hook(
	'wp_mail_failed',
	static function ( $error ): void {
		$to = implode( ', ', (array) ( $error->get_error_data()['to'] ?? array() ) );
		error_log( "Mail to $to was not sent by " . getenv( 'GATEWAY' ) . ': ' . $error->get_error_message() );
	}
);

// A database that has lost its WordPress is an error, and not an invitation to install a new one.
$freehold_hook(
	'wp_redirect',
	static function ( $location ) {
		if ( ! preg_match( '~/wp-admin/(install|setup-config)\.php~', (string) $location ) ) {
			return $location;
		}
		error_log( 'The database has no installed WordPress. A restart of the site looks again.' );
		wp_die( 'This site is being set up.', '', array( 'response' => 503 ) );
	}
);

// The host updates core: nobody is asked to do what cannot be done from here.
$freehold_hook(
	'pre_site_transient_update_core',
	static function () {
		return (object) array(
			'updates'         => array(),
			'version_checked' => $GLOBALS['wp_version'],
			'last_checked'    => time(),
		);
	}
);
