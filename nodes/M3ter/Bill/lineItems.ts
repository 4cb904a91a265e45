import type { IExecuteFunctions, JsonObject } from 'n8n-workflow';

import type { M3terApi } from '../api';
import { readLineItems } from '../bills';
import { simplified } from '../operation';
import { billIdOf } from './read';

const FIELDS = ['id', 'billId', 'lineItemType', 'description', 'units', 'unit', 'convertedSubtotal', 'productCode', 'servicePeriodStartDate', 'servicePeriodEndDate'];

/** "Get Line Items": page by page, so that a bill of any size can be read. */
export async function getLineItems(context: IExecuteFunctions, api: M3terApi, itemIndex: number): Promise<JsonObject[]> {
	const billId = billIdOf(context, itemIndex);
	const limit = context.getNodeParameter('returnAll', itemIndex) === true ? undefined : Number(context.getNodeParameter('limit', itemIndex));
	return (await readLineItems(api, billId, limit)).map((line) => simplified({ context, index: itemIndex }, { billId, ...line }, FIELDS));
}
