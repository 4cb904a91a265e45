import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

/** The bytes a provider signed. n8n parses the body; a re-serialised one would never match. */
export async function rawBodyOf(context: IWebhookFunctions): Promise<Buffer> {
	const request = context.getRequestObject();
	if (request.rawBody === undefined) await request.readRawBody();
	return request.rawBody ?? Buffer.alloc(0);
}

/** Answers a delivery with an HTTP status and starts no execution. The sender learns nothing but the status. */
export function refuse(context: IWebhookFunctions, status: number, why: string, description?: string): IWebhookResponseData {
	context.logger.warn(why, { node: context.getNode().name, description });
	context.getResponseObject().status(status).send('');
	return { noWebhookResponse: true };
}
