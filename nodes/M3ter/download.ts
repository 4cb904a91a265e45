import type { IExecuteFunctions } from 'n8n-workflow';

import { Failure } from '../shared/failure';

const TIMEOUT_MS = 60_000;

/** Fetches a file behind a presigned link of m3ter's. The link itself is the permission: no token goes with it. */
export async function downloadFile(context: IExecuteFunctions, url: string): Promise<Buffer> {
	try {
		const bytes: unknown = await context.helpers.httpRequest({ method: 'GET', url, encoding: 'arraybuffer', timeout: TIMEOUT_MS });
		return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes as ArrayBuffer);
	} catch (error) {
		throw notDownloaded(error);
	}
}

/** An answer that is a refusal is about this link; no answer is about the network. */
function notDownloaded(error: unknown): Failure {
	const status = (error as { response?: { status?: number } } | null)?.response?.status;
	return new Failure(status !== undefined && status < 500 ? 'not-found' : 'unavailable', 'The file could not be downloaded', {
		status,
		description: `${error instanceof Error ? error.message : String(error)}. Links of m3ter's live a few minutes: run the node again.`,
	});
}
