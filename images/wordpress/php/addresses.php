<?php
/**
 * Replaces one host name with another, in every field of the database that contains text.
 */

/** Changes a text only where the name is the host of an address, including addresses in JSON, where slashes are escaped. */
function freehold_address_changer( string $from, string $to ): callable {
	$pattern = '~((?:\\\\?/){2})(?:www\.)?' . preg_quote( $from, '~' ) . '(?![a-z0-9-]|\.[a-z0-9])~i';
	$plain   = static fn( string $text ): string => preg_replace( $pattern, '${1}' . $to, $text ) ?? $text;
	$change  = static function ( string $text ) use ( &$change, $plain ): string {
		if ( ! preg_match( '/^(?:[aO]:\d+:|s:\d+:").*[;}]$/s', $text ) ) {
			return $plain( $text );
		}
		try {
			$at  = 0;
			$new = freehold_change_serialized( $text, $at, $change );
			return $at === strlen( $text ) ? $new : $text;
		} catch ( UnexpectedValueException $error ) {
			return $text; // A blind change would corrupt it.
		}
	};
	return $change;
}

/** @return int the number of changed fields. */
function freehold_change_addresses( mysqli $database, string $prefix, callable $change, string $from ): int {
	$count = 0;
	foreach ( freehold_tables( $database, $prefix ) as $table ) {
		$table   = freehold_name( $table );
		$columns = $database->query( "SHOW COLUMNS FROM $table" )->fetch_all( MYSQLI_ASSOC );
		$keys    = array_column( array_filter( $columns, static fn( $column ) => $column['Key'] === 'PRI' ), 'Field' );
		if ( ! $keys ) {
			continue;
		}
		foreach ( $columns as $column ) {
			// A guid identifies a post permanently, whatever its address.
			if ( $column['Field'] !== 'guid' && preg_match( '/char|text/', $column['Type'] ) && ! in_array( $column['Field'], $keys, true ) ) {
				$count += freehold_change_column( $database, compact( 'table', 'keys', 'from', 'change' ) + array( 'field' => freehold_name( $column['Field'] ) ) );
			}
		}
	}
	return $count;
}

/** Row by row, since rows may be large and numerous. */
function freehold_change_column( mysqli $database, array $where ): int {
	[ 'table' => $table, 'keys' => $keys, 'field' => $field, 'from' => $from, 'change' => $change ] = $where;
	$names = array_map( 'freehold_name', $keys );
	$is    = implode( ' = ? AND ', $names ) . ' = ?';
	$rows  = $database->execute_query( 'SELECT ' . implode( ', ', $names ) . " FROM $table WHERE $field LIKE ?", array( '%' . addcslashes( $from, '_%\\' ) . '%' ) );
	$count = 0;
	foreach ( $rows->fetch_all() as $key ) {
		[ $old ] = $database->execute_query( "SELECT $field FROM $table WHERE $is", $key )->fetch_row();
		$new     = $change( $old );
		if ( $new !== $old ) {
			$database->execute_query( "UPDATE $table SET $field = ? WHERE $is", array( $new, ...$key ) );
			++$count;
		}
	}
	return $count;
}

/** @return string[] the tables of the site's database whose names begin with this; no views. */
function freehold_tables( mysqli $database, string $beginning ): array {
	$query = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND table_name LIKE ?";
	return array_column( $database->execute_query( $query, array( addcslashes( $beginning, '_%' ) . '%' ) )->fetch_all(), 0 );
}

/** Quotes the name of a table or a column for SQL. */
function freehold_name( string $name ): string {
	return '`' . str_replace( '`', '``', $name ) . '`';
}
