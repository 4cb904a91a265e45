import type { ILoadOptionsFunctions, ResourceMapperField, ResourceMapperFields } from 'n8n-workflow';

import { CATEGORIES, NUMBER_CATEGORIES, type Category, type MeterFields } from '../../shared/measurement';
import { m3terApi } from '../api';
import { meterSchema, type Meter } from '../schemas';

const categoryOf = (name: string): Category | undefined => CATEGORIES.find((category) => category === name.toLowerCase());

const isNumeric = (category: Category) => NUMBER_CATEGORIES.some((numeric) => numeric === category);

/** What a measurement of the meter must carry. Categories that are not known are left to m3ter to check. */
export function fieldsOf(meter: Meter): MeterFields {
	const fields = meter.dataFields.flatMap((field) => {
		const category = categoryOf(field.category);
		return category === undefined ? [] : [{ category, code: field.code }];
	});
	return { code: meter.code, fields };
}

/** The inputs the editor draws for the chosen meter: one for each data field, named `<category>.<code>`. */
export async function getMeterFields(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	const code = String(this.getNodeParameter('meter', '', { extractValue: true }));
	if (code === '') return { fields: [], emptyFieldsNotice: 'Choose a meter first.' };
	const api = await m3terApi(this);
	const [meter] = await api.list('/meters', meterSchema, { query: { codes: code } });
	if (meter === undefined) return { fields: [], emptyFieldsNotice: `m3ter has no meter with the code ${code}.` };
	return { fields: meter.dataFields.flatMap((field) => asMapperField(field)) };
}

/** The same for a file: the name of a column for each data field, at first that of the data field itself. */
export async function getMeterColumns(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	const { fields, ...notice } = await getMeterFields.call(this);
	return { ...notice, fields: fields.map((field) => ({ ...field, type: 'string', defaultValue: field.id.slice(field.id.indexOf('.') + 1) })) };
}

function asMapperField({ category: name, code, name: label, unit }: Meter['dataFields'][number]): ResourceMapperField[] {
	const category = categoryOf(name);
	if (category === undefined) return [];
	const id = `${category}.${code}`;
	const details = [id, ...(unit ? [unit] : [])].join(', ');
	return [
		{
			id,
			displayName: label && label !== code ? `${label} (${details})` : details,
			required: true,
			defaultMatch: false,
			canBeUsedToMatch: false,
			display: true,
			type: isNumeric(category) ? 'number' : 'string',
		},
	];
}
