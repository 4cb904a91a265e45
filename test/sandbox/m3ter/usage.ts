 
import { randomUUID } from 'node:crypto';

import type { Router } from '../kit/http';
import { accounts } from './accounts';
import { badRequest, nowIso, nowMs, ORGANIZATION_ID, type Context } from './context';
import { emit } from './events';
import { ok, parseBody } from './requests';
import { create, ORG } from './resource';
import { measurements } from './schemas';
import type { Account, Measurement, Meter } from './state';

/** Ingest: a shallow check at once, the real one afterwards. */

/** The same uid is taken once within 35 days. */
const DEDUPE_MS = 35 * 24 * 3600 * 1000;
const DOWNLOAD_MS = 5 * 60 * 1000;

const CATEGORIES = ['who', 'where', 'what', 'other', 'metadata', 'measure', 'cost', 'income'] as const;

type Problem = 'UndefinedMeter' | 'MissingField' | 'DuplicateUid' | 'DuplicateField' | 'InvalidAccountCode';

/** What the synchronous stage refuses beyond the shape. Returns the reason. */
export function futureTime(context: Context, { ts, ets }: Measurement): string | undefined {
	const now = nowMs(context);
	if (Date.parse(ts) > now) return 'ts must not be in the future';
	return ets !== undefined && Date.parse(ets) < Date.parse(ts) ? 'ets must not be before ts' : undefined;
}

function fieldProblem(measurement: Measurement, meter: Meter): Problem | undefined {
	const codes = CATEGORIES.flatMap((category) => Object.keys(measurement[category] ?? {}));
	if (new Set(codes).size < codes.length) return 'DuplicateField';
	const has = (category: string, code: string) => {
		const values = measurement[category.toLowerCase() as (typeof CATEGORIES)[number]];
		return values !== undefined && Object.hasOwn(values, code);
	};
	return meter.dataFields.every(({ category, code }) => has(category, code)) ? undefined : 'MissingField';
}

/** The account with the code; made when there is none, unless the code is almost that of another account. */
function accountFor(context: Context, code: string): Account | 'InvalidAccountCode' {
	const all = [...context.state.accounts.values()];
	const exact = all.find((account) => account.code === code);
	if (exact) return exact;
	const alike = (text: string) => text.replace(/\s+/g, ' ').toLowerCase();
	if (all.some((account) => alike(account.code) === alike(code))) return 'InvalidAccountCode';
	return create(context, accounts, { name: `${code}-autocreated`, code, emailAddress: `${randomUUID()}@example.com` });
}

/** The asynchronous stage for one measurement: it counts, or a failure event says why not. */
export function ingest(context: Context, measurement: Measurement): Problem | undefined {
	const problem = take(context, measurement);
	if (problem) reportFailure(context, measurement, problem);
	return problem;
}

function take(context: Context, measurement: Measurement): Problem | undefined {
	const { state } = context;
	const now = nowMs(context);
	const seen = measurement.uid === undefined ? undefined : state.uids.get(measurement.uid);
	if (seen !== undefined && seen > now - DEDUPE_MS) return 'DuplicateUid';
	const meter = [...state.meters.values()].find(({ code }) => code === measurement.meter);
	if (!meter) return 'UndefinedMeter';
	const problem = fieldProblem(measurement, meter);
	if (problem) return problem;
	const account = accountFor(context, measurement.account);
	if (account === 'InvalidAccountCode') return account;
	if (measurement.uid !== undefined) state.uids.set(measurement.uid, now);
	state.ingested.push({ ...measurement, accountId: account.id, meterId: meter.id, receivedAt: now });
	return undefined;
}

function reportFailure(context: Context, measurement: Measurement, error: Problem): void {
	const file = `failed-ingest/${nowIso(context).slice(0, 10)}/${randomUUID()}.json`;
	const content = JSON.stringify({ error, measurement });
	context.state.files.set(file, { content, contentType: 'application/json', expiresAt: Infinity });
	const query = `file=${encodeURIComponent(file)}`;
	emit(context, 'ingest.validation.failure', {
		id: randomUUID(),
		error,
		meter: measurement.meter,
		account: measurement.account,
		getDownloadUrl: `${context.url}/organizations/${ORGANIZATION_ID}/measurements/failedIngest/getDownloadUrl?${query}`,
	});
}

/** A link that needs no token and dies after a while. */
export function presign(context: Context, content: string, contentType: string, lifetimeMs = DOWNLOAD_MS): string {
	const key = randomUUID();
	context.state.files.set(key, { content, contentType, expiresAt: nowMs(context) + lifetimeMs });
	return `${context.url}/presigned/${key}`;
}

export function serveUsage(router: Router, context: Context): void {
	router
		.on('POST', `${ORG}/measurements`, (request) => {
			const body = parseBody(measurements, request);
			body.measurements.forEach((measurement, index) => {
				const problem = futureTime(context, measurement);
				if (problem) throw badRequest(`measurements.${index}: ${problem}`);
			});
			context.work.add(
				Promise.resolve().then(() => {
					for (const measurement of body.measurements) ingest(context, measurement);
				}),
			);
			return ok({ result: 'accepted' });
		})
		.on('GET', `${ORG}/measurements/failedIngest/getDownloadUrl`, ({ query }) => {
			const stored = context.state.files.get(query.get('file') ?? '');
			if (!stored) throw badRequest('file: no such file');
			return ok({ url: presign(context, stored.content, stored.contentType) });
		})
		.on('GET', '/presigned/:key', ({ params }) => {
			const stored = context.state.files.get(params.key);
			if (!stored || stored.expiresAt < nowMs(context)) return { status: 403, headers: { 'content-type': 'application/xml' }, body: '<Error><Code>AccessDenied</Code></Error>' };
			return { status: 200, headers: { 'content-type': stored.contentType }, body: stored.content };
		});
}
