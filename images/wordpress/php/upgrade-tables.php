<?php
/**
 * Upgrades the tables of an older core, like WordPress's own upgrade page.
 */
require __DIR__ . '/load-wordpress.php';
wp_upgrade();
echo "Upgraded the tables for WordPress $wp_version.\n";
