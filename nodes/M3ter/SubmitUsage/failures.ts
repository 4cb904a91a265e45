import type { IExecuteFunctions, JsonObject } from 'n8n-workflow';
import { z } from 'zod';

import { settled } from '../../n8n/errors';
import { inParallel } from '../../n8n/parallel';
import { Failure, type FailureKind } from '../../shared/failure';
import { parseTimestamp } from '../../shared/timestamp';
import type { M3terApi } from '../api';
import { downloadFile } from '../download';

const PAGE_SIZE = 100;
const DOWNLOADS_AT_ONCE = 5;
/** Failures that say something about one file, not about m3ter. */
const OF_ONE_FILE: ReadonlySet<FailureKind> = new Set(['not-found', 'refused', 'invalid-input']);
const EVENT_NAME = 'ingest.validation.failure';

/** An event is delivered as m3ter recorded it; what its data holds beside the link is not documented and passes through. */
const eventSchema = z.object({
	id: z.string(),
	eventTime: z.string(),
	m3terEvent: z.object({ eventData: z.record(z.unknown()).nullish() }).passthrough().nullish(),
});

type IngestEvent = z.output<typeof eventSchema>;

const linkSchema = z.object({ url: z.string().url() });

/** "List Ingest Failures": newest first, one row per event, with the measurement that failed. */
export async function listIngestFailures(context: IExecuteFunctions, api: M3terApi, itemIndex: number): Promise<JsonObject[]> {
	const since = parseTimestamp(context.getNodeParameter('since', itemIndex), context.getTimezone());
	const limit = context.getNodeParameter('returnAll', itemIndex) === true ? Infinity : Number(context.getNodeParameter('limit', itemIndex));
	const events = await eventsSince(api, since, limit);
	if (context.getNodeParameter('download', itemIndex) !== true) return events.map((event) => describe(event));
	return await inParallel(events, DOWNLOADS_AT_ONCE, async (event) => ({ ...describe(event), ...(await measurementOf(context, api, event)) }));
}

/** What cannot be had of one event hides no other one. @throws Failure when m3ter cannot be asked at all */
async function measurementOf(context: IExecuteFunctions, api: M3terApi, event: IngestEvent): Promise<JsonObject> {
	const found = await settled(async () => await readFile(context, api, event));
	if (!(found instanceof Failure)) return found;
	if (!OF_ONE_FILE.has(found.kind)) throw found;
	return { measurement: null, downloadProblem: found.description ?? found.message };
}

async function eventsSince(api: M3terApi, since: string, limit: number): Promise<IngestEvent[]> {
	const events: IngestEvent[] = [];
	let nextToken: string | undefined;
	do {
		const page = await api.page('/events', { eventName: EVENT_NAME, pageSize: PAGE_SIZE, nextToken });
		for (const row of page.data) {
			const event = eventSchema.parse(row);
			// Events come newest first: the first that is too old ends the walk.
			if (Date.parse(event.eventTime) < Date.parse(since) || events.length >= limit) return events;
			events.push(event);
		}
		nextToken = page.nextToken === nextToken ? undefined : page.nextToken;
	} while (nextToken !== undefined);
	return events;
}

function describe({ id, eventTime, m3terEvent }: IngestEvent): JsonObject {
	const { getDownloadUrl, error, ...data } = m3terEvent?.eventData ?? {};
	return { eventId: id, eventTime, reason: error ?? null, file: fileOf(getDownloadUrl) ?? null, ...data } as JsonObject;
}

/** The failed measurement: the event names a file, m3ter gives a link to it that lives five minutes. */
async function readFile(context: IExecuteFunctions, api: M3terApi, { id, m3terEvent }: IngestEvent): Promise<JsonObject> {
	const file = fileOf(m3terEvent?.eventData?.getDownloadUrl);
	if (file === undefined) return {};
	const { url } = linkSchema.parse(await api.get('/measurements/failedIngest/getDownloadUrl', { file }));
	const text = (await downloadFile(context, url)).toString('utf8');
	return failedMeasurement(text, id);
}

/** The event holds either the whole request for the link, or the file's path alone. */
function fileOf(getDownloadUrl: unknown): string | undefined {
	if (typeof getDownloadUrl !== 'string' || getDownloadUrl === '') return undefined;
	const query = getDownloadUrl.indexOf('?');
	return (query < 0 ? undefined : new URLSearchParams(getDownloadUrl.slice(query)).get('file')) ?? getDownloadUrl;
}

const failedSchema = z.object({ error: z.unknown(), measurement: z.unknown() }).passthrough();

/** m3ter does not document the file's layout beyond "the reason and the original measurement": known keys are named, the rest is kept. */
function failedMeasurement(text: string, eventId: string): JsonObject {
	const content = parsed(text, eventId);
	const known = failedSchema.safeParse(content);
	if (!known.success || known.data.measurement === undefined) return { content: content as JsonObject };
	const { error, measurement, ...rest } = known.data;
	return { ...(error === undefined ? {} : { reason: error }), measurement, ...rest } as JsonObject;
}

function parsed(text: string, eventId: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw unreadable(eventId);
	}
}

const unreadable = (eventId: string) => new Failure('refused', 'The file of a failed measurement is not JSON', { description: `Event ${eventId}. Switch off 'Download Measurements' to list the events without their files.` });
