import type { IDataObject } from 'n8n-workflow';

import { Failure } from '../../shared/failure';
import { externalTablesOf, type ExternalTables } from '../../shared/externalTables';
import { subscriptionEventSchema, type SubscriptionEvent } from '../../shared/subscriptionEvent';
import type { SyncMode, SyncOptions } from '../../shared/subscriptionSync';
import { located, type Located, type Operation } from '../operation';

/** One item's event with everything the person set for it. */
export interface SyncJob {
	index: number;
	event: SubscriptionEvent;
	options: SyncOptions;
	/** External system name of all mappings; the event's own unless overridden. */
	system: string;
	tables: ExternalTables;
	/** Plans of sold items, by `planRef`, from the plan table. */
	planTable: ReadonlyMap<string, Located>;
	dryRun: boolean;
	/** First day of the billing cycle of attached plans. */
	billEpoch: 'none' | 'startDate' | 'currentPeriodStart';
}

interface Options extends IDataObject {
	accountCode?: string;
	attachEnded?: boolean;
	billEpoch?: SyncJob['billEpoch'];
	changeDate?: SyncOptions['changeDate'];
	customerTable?: string;
	dryRun?: boolean;
	fallbackEmail?: string;
	mappingSystem?: string;
	planTableName?: string;
	startDate?: SyncOptions['startDate'];
	subscriptionTable?: string;
	unmapped?: SyncOptions['unmapped'];
	whenPaused?: SyncOptions['whenPaused'];
}

/** Reads one item's parameters. @throws Failure or ZodError when the input is no SubscriptionEvent */
export function readJob({ context, index }: Pick<Operation, 'context' | 'index'>, mode: SyncMode): SyncJob {
	const event = subscriptionEventSchema.parse(parsed(context.getNodeParameter('event', index)));
	const options = context.getNodeParameter('options', index, {}) as Options;
	const rows = (context.getNodeParameter('planTable', index, {}) as { row?: Array<{ planRef?: string; plan?: unknown }> }).row ?? [];
	const planTable = new Map(
		rows.flatMap(({ planRef, plan }) => {
			const target = located(plan);
			return planRef?.trim() && target ? [[planRef.trim(), target] as const] : [];
		}),
	);
	return {
		index,
		event,
		options: {
			mode,
			startDate: options.startDate ?? 'subscriptionStart',
			changeDate: options.changeDate ?? 'eventTime',
			unmapped: options.unmapped ?? 'fail',
			whenPaused: options.whenPaused ?? 'keep',
			attachEnded: options.attachEnded === true,
			accountCode: options.accountCode,
			fallbackEmail: options.fallbackEmail,
		},
		system: options.mappingSystem?.trim() || event.system,
		tables: externalTablesOf(event.system, { customer: options.customerTable, plan: options.planTableName, subscription: options.subscriptionTable }),
		planTable,
		dryRun: options.dryRun === true,
		billEpoch: options.billEpoch ?? 'none',
	};
}

function parsed(value: unknown): unknown {
	if (typeof value !== 'string') return value;
	try {
		return JSON.parse(value);
	} catch {
		return notJson(value);
	}
}

function notJson(value: string): never {
	throw new Failure('invalid-input', "'Subscription Event' is not JSON", { description: `It starts with '${value.slice(0, 40)}'. Use the output of a '… for m3ter Trigger' node, or JSON of the same shape.` });
}
