/** Around a document: history, attachments, mail, online link (sheet §6.8). */
import { randomUUID } from 'node:crypto';

import type { Router, SandboxResponse } from '../kit/http';
import { BASE, ok, readElements, route, type Call } from './api';
import { msDate } from './dates';
import { badBody, notFound, validationException } from './errors';
import { invoiceOf } from './invoices';
import { historyRecord } from './schemas';
import type { Attachment, Core } from './state';
import type { Area } from './tokens';

const MAX_FILES = 10;
const MAX_FILE_BYTES = 10 * 1024 * 1024;
const BAD_NAME = /[<>:"/\\|?*+]/;

const refuse = (message: string) => validationException([{ ValidationErrors: [{ Message: message }] }]);

/** The document of the path, whichever kind it is; throws 404. */
function documentId({ organisation, request }: Call, list: 'invoices' | 'creditNotes' | 'quotes' | 'contacts'): string {
	const { id } = request.params;
	if (!organisation[list].has(id)) throw notFound();
	return id;
}

function addHistory(call: Call, id: string): SandboxResponse {
	const { organisation, core } = call;
	const notes = organisation.history.get(id) ?? [];
	for (const { input, messages } of readElements(call, 'HistoryRecords', historyRecord)) {
		if (!input) throw refuse(messages.join(' '));
		notes.push({ Details: input.Details, at: core.now() });
	}
	organisation.history.set(id, notes);
	return ok(core, { HistoryRecords: notes.map(noteView) });
}

const noteView = ({ Details, at }: { Details: string; at: number }) => ({ Details, Changes: 'Note', User: 'System Generated', DateUTC: msDate(at) });

function addAttachment(call: Call, id: string): SandboxResponse {
	const { organisation, request, core } = call;
	const name = request.params.name;
	const files = organisation.attachments.get(id) ?? new Map<string, Attachment>();
	if (BAD_NAME.test(name)) throw refuse(`The file name '${name}' has characters that are not allowed`);
	if (request.raw.length === 0) throw badBody('The file is empty');
	if (request.raw.length > MAX_FILE_BYTES) throw refuse('The file is larger than 10 MB');
	if (!files.has(name) && files.size >= MAX_FILES) throw refuse(`A document takes at most ${MAX_FILES} files`);
	const file: Attachment = {
		AttachmentID: files.get(name)?.AttachmentID ?? randomUUID(),
		FileName: name,
		MimeType: request.headers['content-type'] ?? 'application/octet-stream',
		IncludeOnline: request.query.get('IncludeOnline') === 'true',
		content: request.raw,
	};
	files.set(name, file);
	organisation.attachments.set(id, files);
	return ok(core, { Attachments: [attachmentView(call, id, file)] });
}

const attachmentView = ({ core }: Call, id: string, { content, ...file }: Attachment) => ({
	...file,
	ContentLength: content.length,
	Url: `${core.url}${BASE}/Invoices/${id}/Attachments/${encodeURIComponent(file.FileName)}`,
});

function getAttachment({ organisation, request }: Call): SandboxResponse {
	const file = organisation.attachments.get(request.params.id)?.get(request.params.name);
	if (!file) throw notFound();
	return { status: 200, headers: { 'content-type': file.MimeType }, body: Buffer.from(file.content) };
}

/** Only approved sales invoices of contacts with an address go out. */
function emailInvoice(call: Call): SandboxResponse {
	const { organisation } = call;
	const invoice = invoiceOf(call);
	const address = organisation.contacts.get(invoice.contactId)?.EmailAddress;
	if (invoice.status !== 'AUTHORISED' || invoice.type !== 'ACCREC') throw refuse('Only approved sales invoices can be emailed');
	if (!address) throw refuse('The contact has no email address');
	organisation.emails.push(invoice.id);
	invoice.sentToContact = true;
	invoice.updated = call.core.now();
	return { status: 204 };
}

export function addExtraRoutes(router: Router, core: Core): void {
	for (const [path, list] of [['Invoices', 'invoices'], ['CreditNotes', 'creditNotes'], ['Quotes', 'quotes'], ['Contacts', 'contacts']] as const) {
		const areas: Area[] = list === 'contacts' ? ['contacts'] : ['invoices'];
		route(router, core, 'GET', `/${path}/:id/History`, areas, (call) => {
			const notes = call.organisation.history.get(documentId(call, list)) ?? [];
			return ok(core, { HistoryRecords: notes.map(noteView) });
		});
		route(router, core, 'PUT', `/${path}/:id/History`, areas, (call) => addHistory(call, documentId(call, list)));
	}
	for (const [path, list] of [['Invoices', 'invoices'], ['CreditNotes', 'creditNotes']] as const) {
		for (const method of ['PUT', 'POST']) {
			route(router, core, method, `/${path}/:id/Attachments/:name`, ['attachments'], (call) => addAttachment(call, documentId(call, list)));
		}
		route(router, core, 'GET', `/${path}/:id/Attachments/:name`, ['attachments'], getAttachment);
	}
	route(router, core, 'GET', '/Invoices/:id/Attachments', ['attachments'], (call) => {
		const id = documentId(call, 'invoices');
		const files = [...(call.organisation.attachments.get(id)?.values() ?? [])];
		return ok(core, { Attachments: files.map((file) => attachmentView(call, id, file)) });
	});
	route(router, core, 'POST', '/Invoices/:id/Email', ['invoices'], emailInvoice);
	route(router, core, 'GET', '/Invoices/:id/OnlineInvoice', ['invoices'], (call) => {
		const { id } = invoiceOf(call);
		return ok(core, { OnlineInvoices: [{ OnlineInvoiceUrl: `https://in.xero.example/${id}` }] });
	});
}

