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
	return { ...file, size, pieces: () => streamed(context, id) };
}

async function* inPieces(content: Buffer): AsyncGenerator<Buffer> {
	for (let at = 0; at < content.length; at += PIECE) yield content.subarray(at, at + PIECE);
}

async function* streamed(context: IExecuteFunctions, id: string): AsyncGenerator<Buffer> {
	try {
		for await (const piece of await context.helpers.getBinaryStream(id, PIECE)) yield piece as Buffer;
	} catch (error) {
		throw unreadable(error);
	}
}

const unreadable = (error: unknown) =>
	new Failure('unavailable', 'The file could not be read to its end', { description: `${error instanceof Error ? error.message : String(error)}. It may have been removed or cut off while it was read.` });
