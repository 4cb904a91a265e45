/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import { randomUUID } from 'node:crypto';

import type { Router, SandboxRequest, SandboxResponse } from '../kit/http';
import { badRequest, find, nowIso, nowMs, type Context } from './context';
import { ok, omit, page, parseBody } from './requests';
import { ORG } from './resource';
import { measurement, uploadUrl } from './schemas';
import type { UploadJob } from './state';
import { futureTime, ingest, presign } from './usage';

/** File uploads: a link valid for one minute, then a job that takes the file row by row. */

const URL_LIFETIME_MS = 60_000;
const JOBS = `${ORG}/fileuploads/measurements/jobs`;

const storageError = (status: number, code: string): SandboxResponse => ({
	status,
	headers: { 'content-type': 'application/xml' },
	body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`,
});

const showJob = (job: UploadJob) => omit(job, 'urlExpiresAt', 'content', 'contentType');

function parseRows(text: string): unknown[] | undefined {
	try {
		const rows: unknown = JSON.parse(text);
		return Array.isArray(rows) ? rows : undefined;
	} catch {
		return undefined;
	}
}

async function process(context: Context, job: UploadJob, text: string): Promise<void> {
	await new Promise((resolve) => setTimeout(resolve, context.settings.jobMs));
	const rows = parseRows(text);
	if (!rows) {
		job.status = 'failed';
		return;
	}
	job.totalRows = rows.length;
	for (const row of rows) {
		const parsed = measurement.safeParse(row);
		const refused = !parsed.success || futureTime(context, parsed.data) !== undefined;
		if (refused || ingest(context, parsed.data)) job.failedRows++;
		job.processedRows++;
	}
	job.status = 'succeeded';
}

/** Object storage knows no bearer token and wants exactly what was announced. */
function receive(context: Context, { params, headers, raw }: SandboxRequest): SandboxResponse {
	const job = [...context.state.uploadJobs.values()].find(({ id }) => id === params.key);
	if (headers.authorization !== undefined) return storageError(400, 'InvalidArgument');
	if (!job || nowMs(context) > job.urlExpiresAt) return storageError(403, 'AccessDenied');
	if (headers['content-type'] !== job.contentType || raw.length !== job.contentLength) return storageError(403, 'SignatureDoesNotMatch');
	job.content = raw.toString('utf8');
	job.status = 'running';
	context.work.add(process(context, job, job.content));
	return { status: 200 };
}

export function serveUploads(router: Router, context: Context): void {
	router
		.on('POST', `${ORG}/fileuploads/measurements/generateUploadUrl`, (request) => {
			const { fileName, contentType, contentLength } = parseBody(uploadUrl, request);
			const job: UploadJob = {
				id: randomUUID(),
				version: 1,
				fileName,
				uploadDate: nowIso(context),
				contentLength,
				contentType,
				status: 'notUploaded',
				totalRows: 0,
				processedRows: 0,
				failedRows: 0,
				urlExpiresAt: nowMs(context) + URL_LIFETIME_MS,
			};
			context.state.uploadJobs.set(job.id, job);
			return ok({ jobId: job.id, url: `${context.url}/presigned/${job.id}`, headers: { 'Content-Type': contentType } });
		})
		.on('PUT', '/presigned/:key', (request) => receive(context, request))
		.on('GET', JOBS, ({ query }) => {
			const bound = (name: string) => {
				const text = query.get(name);
				if (text && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) throw badRequest(`${name} must look like 2026-01-31T00:00:00Z`);
				return text ? Date.parse(text) : undefined;
			};
			const [from, to] = [bound('dateCreatedStart') ?? -Infinity, bound('dateCreatedEnd') ?? Infinity];
			const jobs = [...context.state.uploadJobs.values()].filter(({ uploadDate }) => Date.parse(uploadDate) >= from && Date.parse(uploadDate) < to);
			return page(jobs, query, 100, showJob);
		})
		.on('GET', `${JOBS}/:id`, ({ params }) => ok(showJob(find(context.state.uploadJobs, params.id))))
		.on('GET', `${JOBS}/:id/original`, ({ params }) => {
			const { id, content, contentType } = find(context.state.uploadJobs, params.id);
			if (content === undefined) throw badRequest('The file has not been uploaded');
			return ok({ jobId: id, url: presign(context, content, contentType), headers: {} });
		});
}
