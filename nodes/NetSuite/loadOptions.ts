import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import { toFailure, toNodeError } from '../n8n/errors';
import { netSuiteApi } from './api';
import { listRow } from './schemas';

/** A drop-down from one of the account's lists. Every role may not read every list; the reason then stands in the panel. */
const lookup = (table: string, name: string) =>
	async function (this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
		try {
			const api = await netSuiteApi(this);
			const rows = await api.query(`SELECT id, ${name} AS name FROM ${table} WHERE isinactive = 'F' ORDER BY ${name}, id`, listRow);
			return rows.map((row) => ({ name: row.name, value: row.id, description: `ID ${row.id}` }));
		} catch (error) {
			throw toNodeError(this.getNode(), toFailure(error));
		}
	};

export const getItems = lookup('item', 'itemid');
export const getSubsidiaries = lookup('subsidiary', 'name');
export const getDepartments = lookup('department', 'name');
export const getClasses = lookup('classification', 'name');
export const getLocations = lookup('location', 'name');
export const getTerms = lookup('term', 'name');
export const getTaxCodes = lookup('salestaxitem', 'name');
