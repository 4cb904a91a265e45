import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';
import { z } from 'zod';

import { m3terApi } from '../api';

const reasonSchema = z.object({ id: z.string(), name: z.string(), archived: z.boolean().nullish() });

/** The organization's reasons of one kind that are still in use. */
async function reasons(context: ILoadOptionsFunctions, path: string): Promise<INodePropertyOptions[]> {
	const rows = await (await m3terApi(context)).list(path, reasonSchema);
	return rows
		.filter(({ archived }) => archived !== true)
		.map(({ id, name }) => ({ name, value: id }))
		.sort((a, b) => a.name.localeCompare(b.name));
}

export async function getCreditReasons(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await reasons(this, '/picklists/creditreasons');
}

export async function getDebitReasons(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await reasons(this, '/picklists/debitreasons');
}
