import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { z } from 'zod';

import { continuesOnFail, errorItem, settled, toNodeError } from '../../n8n/errors';
import { Failure } from '../../shared/failure';
import { m3terApi, type M3terApi } from '../api';
import { downloadFile } from '../download';
import { followJob } from './followJob';
import { billIdOf } from './read';

const MIME_TYPES = { csv: 'text/csv', json: 'application/json' } as const;

const linkSchema = z.object({ downloadUrl: z.string().url() });

/** "Get Statement": a file per item, or a link that lives a few minutes. */
export async function getStatements(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const items: INodeExecutionData[] = [];
	const api = m3terApi(context);
	for (let index = 0; index < context.getInputData().length; index++) {
		const outcome = await settled(async () => await getStatement(context, await api, index));
		if (outcome instanceof Failure && !continuesOnFail(context)) throw toNodeError(context.getNode(), outcome, index);
		items.push(outcome instanceof Failure ? errorItem(outcome, index) : outcome);
	}
	return items;
}

async function getStatement(context: IExecuteFunctions, api: M3terApi, itemIndex: number): Promise<INodeExecutionData> {
	const billId = billIdOf(context, itemIndex);
	const format = context.getNodeParameter('format', itemIndex) === 'csv' ? 'csv' : 'json';
	const anew = context.getNodeParameter('generateAnew', itemIndex, false) === true;
	const url = anew ? await generate(context, api, billId, format) : await linkTo(api, billId, format);
	const pairedItem = { item: itemIndex };
	if (context.getNodeParameter('download', itemIndex) !== true) return { json: { billId, format, downloadUrl: url }, pairedItem };
	const fileName = `statement-${billId}.${format}`;
	const file = await context.helpers.prepareBinaryData(await downloadFile(context, url), fileName, MIME_TYPES[format]);
	return { json: { billId, format, fileName }, binary: { [String(context.getNodeParameter('binaryField', itemIndex))]: file }, pairedItem };
}

const STATEMENT_TIMEOUT_MS = 10 * 60_000;

const statementJobSchema = z.object({
	id: z.string(),
	statementJobStatus: z.string().nullish(),
	presignedJsonStatementUrl: z.string().url().nullish(),
	presignedCsvStatementUrl: z.string().url().nullish(),
});

/** Has m3ter make the statement now, by a statement job: one made before the last calculation is out of date. */
async function generate(context: IExecuteFunctions, api: M3terApi, billId: string, format: keyof typeof MIME_TYPES): Promise<string> {
	const body = { billId, includeCsvFormat: format === 'csv' };
	// A statement that is made twice is the same statement.
	const { id } = statementJobSchema.parse(await api.post('/statementjobs', body, { repeatable: true }));
	const read = async () => {
		const job = statementJobSchema.parse(await api.get(`/statementjobs/${encodeURIComponent(id)}`));
		context.logger.info(`m3ter statement job: ${job.statementJobStatus ?? 'unknown'}`, { jobId: id, billId });
		return job;
	};
	const isOver = ({ statementJobStatus: status }: { statementJobStatus?: string | null }) => ['COMPLETE', 'CANCELLED', 'FAILED'].includes(status ?? '');
	const job = await followJob(context, read, isOver, STATEMENT_TIMEOUT_MS);
	const url = format === 'csv' ? job.presignedCsvStatementUrl : job.presignedJsonStatementUrl;
	if (url) return url;
	throw new Failure('unavailable', 'm3ter did not make the statement', { description: `Statement job ${id} of bill ${billId} is ${String(job.statementJobStatus).toLowerCase()}. Run the node again.` });
}

/** A CSV statement that was never made is generated; doing so again does no harm. */
async function linkTo(api: M3terApi, billId: string, format: keyof typeof MIME_TYPES): Promise<string> {
	const path = `/bills/${encodeURIComponent(billId)}/statement/${format}`;
	const existing = format === 'csv' ? await api.find(path) : await api.get(path);
	return linkSchema.parse(existing ?? (await api.post(path, undefined, { repeatable: true }))).downloadUrl;
}
