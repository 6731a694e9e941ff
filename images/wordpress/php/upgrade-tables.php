<?php
/**
 * The tables of an older core, upgraded as WordPress' own upgrade page would.
 */
require __DIR__ . '/load-wordpress.php';
wp_upgrade();
echo "The tables were upgraded for WordPress $wp_version.\n";
