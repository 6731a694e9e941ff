<?php
/**
 * Changes texts inside PHP's serialized data (https://www.php.net/manual/en/function.serialize.php) without creating
 * objects: each text is stored with its length, so search and replace would corrupt it.
 */

/**
 * One value that begins at $at, with each text in it changed; $at is moved behind it.
 *
 * @throws UnexpectedValueException if this is not serialized data.
 */
function freehold_change_serialized( string $data, int &$at, callable $change ): string {
	$kind = $data[ $at ] ?? '';
	if ( $kind === 's' ) {
		$text = $change( freehold_counted_text( $data, $at ) );
		freehold_expect( $data, $at, ';' );
		return 's:' . strlen( $text ) . ':"' . $text . '";';
	}
	if ( $kind === 'a' || $kind === 'O' ) {
		return freehold_change_members( $data, $at, $change );
	}
	// Numbers and references. A class's own format (C) cannot be read here.
	if ( preg_match( '/\G(?:N|[bidrR]:[^;{}"]*|E:\d+:"[^"]*");/', $data, $found, 0, $at ) ) {
		$at += strlen( $found[0] );
		return $found[0];
	}
	throw new UnexpectedValueException( "no serialized value at byte $at" );
}

function freehold_change_members( string $data, int &$at, callable $change ): string {
	if ( ! preg_match( '/\G(?:a|O:\d+:"[^"]+"):(\d+):\{/', $data, $head, 0, $at ) ) {
		throw new UnexpectedValueException( "no array or object at byte $at" );
	}
	$at      += strlen( $head[0] );
	$same     = static fn( string $text ): string => $text;
	$members = '';
	for ( $left = (int) $head[1]; $left > 0; $left-- ) {
		$members .= freehold_change_serialized( $data, $at, $same ) . freehold_change_serialized( $data, $at, $change );
	}
	freehold_expect( $data, $at, '}' );
	return $head[0] . $members . '}';
}

/** The text of s:LENGTH:"TEXT", without the semicolon behind. */
function freehold_counted_text( string $data, int &$at ): string {
	if ( ! preg_match( '/\Gs:(\d+):"/', $data, $head, 0, $at ) ) {
		throw new UnexpectedValueException( "no text at byte $at" );
	}
	$text = substr( $data, $at + strlen( $head[0] ), (int) $head[1] );
	$at  += strlen( $head[0] ) + (int) $head[1];
	freehold_expect( $data, $at, '"' );
	return $text;
}

function freehold_expect( string $data, int &$at, string $wanted ): void {
	if ( ( $data[ $at ] ?? '' ) !== $wanted ) {
		throw new UnexpectedValueException( "no $wanted at byte $at" );
	}
	++$at;
}
