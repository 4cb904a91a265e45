import { BINARY_ENCODING, type IExecuteFunctions } from 'n8n-workflow';

import { Failure } from '../../shared/failure';

/** Bytes read at once; so much of the file is in memory at any time. */
const PIECE = 256 * 1024;

/** A file that an earlier node put into the item. */
export interface UsageFile {
	name?: string;
	type: string;
	/** Bytes, where n8n knows them. */
	size?: number;
	/** The content from its start, piece by piece. */
	pieces(): AsyncIterable<Buffer>;
}

/** @throws NodeOperationError when the item has no such binary field */
export async function openFile(context: IExecuteFunctions, itemIndex: number, property: string): Promise<UsageFile> {
	const { id, data, fileName, mimeType, bytes } = context.helpers.assertBinaryData(itemIndex, property);
	const file = { name: fileName, type: mimeType };
	// n8n keeps small installations' files inside the item, all others beside it.
	if (id === undefined) {
		const content = Buffer.from(data, BINARY_ENCODING);
		return { ...file, size: content.length, pieces: () => inPieces(content) };
	}
	const size = bytes ?? (await context.helpers.getBinaryMetadata(id)).fileSize;
	return { ...file, size, pieces: () => streamed(context, id, size) };
}

async function* inPieces(content: Buffer): AsyncGenerator<Buffer> {
	for (let at = 0; at < content.length; at += PIECE) yield content.subarray(at, at + PIECE);
}

/** @throws Failure for a file that goes away or is cut off while it is read: its missing end must not pass for the whole. */
async function* streamed(context: IExecuteFunctions, id: string, size: number): AsyncGenerator<Buffer> {
	let read = 0;
	try {
		for await (const piece of await context.helpers.getBinaryStream(id, PIECE)) {
			read += (piece as Buffer).length;
			yield piece as Buffer;
		}
	} catch (error) {
		throw unreadable(error instanceof Error ? error.message : String(error));
	}
	if (read < size) throw unreadable(`It ended after ${read} of ${size} bytes`);
}

const unreadable = (reason: string) =>
	new Failure('unavailable', 'The file could not be read to its end', { description: `${reason.replace(/\.$/, '')}. It may have been removed or cut off while it was read.` });
