<?php
/**
 * One host name for another, in every field of the database that holds text.
 */

/** What changes a text: only where the name is a host of an address, also of one in JSON, where slashes are escaped. */
function freehold_address_changer( string $from, string $to ): callable {
	$pattern = '~((?:\\\\?/){2})(?:www\.)?' . preg_quote( $from, '~' ) . '(?![a-z0-9-]|\.[a-z0-9])~i';
	$plain   = static fn( string $text ): string => preg_replace( $pattern, '${1}' . $to, $text ) ?? $text;
	$change  = static function ( string $text ) use ( &$change, $plain ): string {
		if ( ! is_serialized( $text ) ) {
			return $plain( $text );
		}
		try {
			$at = 0;
			return freehold_change_serialized( $text, $at, $change );
		} catch ( UnexpectedValueException $error ) {
			return $text; // Changed blindly it would be lost for good.
		}
	};
	return $change;
}

/** @return int how many fields were changed. */
function freehold_change_addresses( wpdb $wpdb, callable $change, string $from ): int {
	$count = 0;
	foreach ( $wpdb->get_col( $wpdb->prepare( 'SHOW TABLES LIKE %s', $wpdb->esc_like( $wpdb->base_prefix ) . '%' ) ) as $table ) {
		$columns = $wpdb->get_results( "SHOW COLUMNS FROM `$table`" );
		$keys    = array_column( array_filter( $columns, static fn( $column ) => $column->Key === 'PRI' ), 'Field' );
		if ( ! $keys ) {
			continue;
		}
		foreach ( $columns as $column ) {
			// A guid names a post for ever, whatever its address.
			if ( $column->Field !== 'guid' && preg_match( '/char|text/', $column->Type ) && ! in_array( $column->Field, $keys, true ) ) {
				$count += freehold_change_column( $wpdb, compact( 'table', 'keys', 'from', 'change' ) + array( 'field' => $column->Field ) );
			}
		}
	}
	return $count;
}

/** Row by row, as one may be large and there may be many. */
function freehold_change_column( wpdb $wpdb, array $where ): int {
	[ 'table' => $table, 'keys' => $keys, 'field' => $field, 'from' => $from, 'change' => $change ] = $where;
	$names = '`' . implode( '`, `', $keys ) . '`';
	$count = 0;
	$like  = '%' . $wpdb->esc_like( $from ) . '%';
	foreach ( $wpdb->get_results( $wpdb->prepare( "SELECT $names FROM `$table` WHERE `$field` LIKE %s", $like ), ARRAY_A ) as $key ) {
		$is  = implode( ' AND ', array_map( static fn( $name ) => $wpdb->prepare( "`$name` = %s", $key[ $name ] ), $keys ) );
		$old = $wpdb->get_var( "SELECT `$field` FROM `$table` WHERE $is" );
		$new = $change( $old );
		if ( $new !== $old ) {
			freehold_change( $wpdb, $wpdb->prepare( "UPDATE `$table` SET `$field` = %s WHERE ", $new ) . $is );
			++$count;
		}
	}
	return $count;
}

function freehold_change( wpdb $wpdb, string $query ): void {
	if ( $wpdb->query( $query ) === false ) {
		throw new RuntimeException( $wpdb->last_error );
	}
}
