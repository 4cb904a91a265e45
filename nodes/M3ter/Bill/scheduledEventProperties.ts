import type { INodeProperties } from 'n8n-workflow';

import { limits } from '../commonProperties';

const resource = ['scheduledEvent'];
const of = (...operation: string[]) => ({ resource, operation });

export const scheduledEventProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		default: 'createOrUpdate',
		displayOptions: { show: { resource } },
		options: [
			{
				name: 'Create or Update',
				value: 'createOrUpdate',
				action: 'Create or update a scheduled event',
				description: 'Have m3ter raise an event some days after a date, for example when a bill is overdue. The m3ter Trigger lists it afterwards.',
			},
			{ name: 'Delete', value: 'delete', action: 'Delete a scheduled event', description: 'Have m3ter no longer raise the event' },
			{ name: 'Get Many', value: 'getAll', action: 'Get many scheduled events', description: 'List the scheduled events of the organization' },
		],
	},
	{
		displayName: 'Name',
		name: 'eventName',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. overdue',
		description: "Letters, digits and underscores. The event is called 'scheduled', entity and name: scheduled.bill.overdue. An event of that name is updated.",
		displayOptions: { show: of('createOrUpdate') },
	},
	{
		displayName: 'Entity',
		name: 'entity',
		type: 'string',
		required: true,
		default: 'Bill',
		placeholder: 'e.g. Bill',
		description: 'What has the date, as m3ter names it: Bill, Contract and so on',
		displayOptions: { show: of('createOrUpdate') },
	},
	{
		displayName: 'Field',
		name: 'field',
		type: 'string',
		required: true,
		default: 'dueDate',
		placeholder: 'e.g. dueDate',
		description: 'The date field of the entity from which days are counted',
		displayOptions: { show: of('createOrUpdate') },
	},
	{
		displayName: 'Days After',
		name: 'offset',
		type: 'number',
		typeOptions: { minValue: 1 },
		required: true,
		default: 1,
		description: 'How many days after the date the event is raised',
		displayOptions: { show: of('createOrUpdate') },
	},
	{
		displayName: 'Scheduled Event ID',
		name: 'scheduledEventId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. 7c2b1d9e-2222-4333-8444-555566667777',
		description: 'ID of the scheduled event, for example from Get Many',
		displayOptions: { show: of('delete') },
	},
	...limits(of('getAll')),
];
