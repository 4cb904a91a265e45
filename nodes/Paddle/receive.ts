import { sleep, type IDataObject, type IWebhookFunctions, type IWebhookResponseData } from 'n8n-workflow';

import { once } from '../n8n/recentIds';
import { Failure } from '../shared/failure';
import { paddleApi } from './api';
import type { PaddleEvent } from './schemas';
import { subscriptionEventOf } from './subscription';

/** Paddle waits five seconds for an answer. */
const ANSWER_WITHIN_MS = 4_000;

/** What a verified event starts: the sale as it is now, or nothing. */
export async function receive(context: IWebhookFunctions, event: PaddleEvent): Promise<IWebhookResponseData> {
	const read = async () => ({ sale: await subscriptionEventOf(await paddleApi(context), event) });
	const found = await once(context, event.event_id, async () => await inTime(event.event_id, read));
	return found?.sale === undefined ? {} : { workflowData: [[{ json: found.sale as unknown as IDataObject }]] };
}

/** Gives up before Paddle does: it then delivers the event again, and no delivery is counted as done while another is under way. */
async function inTime<T>(eventId: string, work: () => Promise<T>): Promise<T> {
	const late = sleep(ANSWER_WITHIN_MS).then(() => undefined);
	const result = await Promise.race([work(), late]);
	if (result !== undefined) return result;
	throw new Failure('unavailable', 'Paddle answered too slowly', {
		description: `Event ${eventId}: its subscription could not be read within ${ANSWER_WITHIN_MS / 1000} seconds. Paddle delivers the event again.`,
	});
}
