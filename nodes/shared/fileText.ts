/** `auto`: by the byte order mark, else UTF-8. Latin-1 is read as Windows-1252, its superset, as browsers do. */
export const ENCODINGS = ['auto', 'utf-8', 'windows-1252', 'utf-16le', 'utf-16be'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** What a decoder puts in the place of bytes that are no text in the encoding. */
export const NOT_TEXT = '\uFFFD';

const LONGEST_MARK = 3;

/** Turns the bytes of a file, piece by piece, into text without its byte order mark. Bytes that are no text become {@link NOT_TEXT}. */
export class FileText {
	private decoder: InstanceType<typeof TextDecoder> | undefined;

	/** The first bytes, until the byte order mark can be told. */
	private start: Uint8Array = new Uint8Array();

	constructor(private readonly encoding: Encoding) {}

	push(bytes: Uint8Array): string {
		if (this.decoder !== undefined) return this.decoder.decode(bytes, { stream: true });
		this.start = this.start.length === 0 ? bytes : Buffer.concat([this.start, bytes]);
		return this.start.length < LONGEST_MARK ? '' : this.decodeStart();
	}

	end(): string {
		const text = this.decoder === undefined ? this.decodeStart() : '';
		return text + (this.decoder?.decode() ?? '');
	}

	private decodeStart(): string {
		this.decoder = new TextDecoder(this.encoding === 'auto' ? markedEncoding(this.start) : this.encoding);
		return this.decoder.decode(this.start, { stream: true });
	}
}

function markedEncoding([first, second]: Uint8Array): string {
	if (first === 0xff && second === 0xfe) return 'utf-16le';
	return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}
