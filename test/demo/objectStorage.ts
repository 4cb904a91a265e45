import { HttpError, Router, startServer, type SandboxServer } from '../sandbox/kit/http';

/** Put together so that no literal looks like a live secret. */
const credential = (...parts: string[]): string => ['storage', ...parts].join('-');
export const STORAGE_KEY_ID = credential('key', 'id');
export const STORAGE_SECRET = credential('secret', 'key');

/** Object storage that speaks as much S3 as it takes to fetch a file; files by `<bucket>/<key>`. */
export interface ObjectStorage extends SandboxServer {
	files: Map<string, string>;
}

export async function startObjectStorage(): Promise<ObjectStorage> {
	const files = new Map<string, string>();
	const checkKey = (authorization = '') => {
		if (!authorization.startsWith(`AWS4-HMAC-SHA256 Credential=${STORAGE_KEY_ID}/`)) throw new HttpError(403, '<Error><Code>InvalidAccessKeyId</Code></Error>');
	};
	const router = new Router()
		.on('GET', '/:bucket', ({ headers }) => {
			checkKey(headers.authorization);
			return { status: 200, headers: { 'content-type': 'application/xml' }, body: '<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">us-east-1</LocationConstraint>' };
		})
		.on('GET', '/:bucket/:folder/:file', ({ params: { bucket, folder, file }, headers }) => {
			checkKey(headers.authorization);
			const body = files.get(`${bucket}/${folder}/${file}`);
			if (body === undefined) throw new HttpError(404, '<Error><Code>NoSuchKey</Code></Error>');
			return { status: 200, headers: { 'content-type': 'application/json' }, body };
		});
	return Object.assign(await startServer({ name: 'storage', router }), { files });
}
