<?php
/**
 * Changes to WordPress's behaviour. WordPress adopts hooks that are in $wp_filter before it starts
 * (WP_Hook::build_preinitialized_hooks), so this needs no file in the owner's wp-content.
 */

$freehold_hook = static function ( string $name, callable $function, int $priority = 10 ): void {
	$GLOBALS['wp_filter'][ $name ][ $priority ][] = array( 'function' => $function, 'accepted_args' => 1 );
};

// Mail goes to the host's own Postfix. Without one, it fails immediately, with a line in the journal.
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
		// Postfix accepts mail of a site only from its own domain; the From header may differ (docs/how-to/forward-mail.md).
		// The envelope contains Sender, or From if that is empty.
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

// A database that has lost its WordPress is an error, not an invitation to install a new one.
$freehold_hook(
	'wp_redirect',
	static function ( $location ) {
		if ( ! preg_match( '~/wp-admin/(install|setup-config)\.php~', (string) $location ) ) {
			return $location;
		}
		error_log( 'The database has no installed WordPress. A restart of the site checks again.' );
		wp_die( 'This site is being set up.', '', array( 'response' => 503 ) );
	}
);

// The host updates core: nobody is prompted for updates that are impossible from here.
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
