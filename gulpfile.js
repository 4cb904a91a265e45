/**
 * The build: type-check, clean, bundle nodes and credentials, emit the library's types, copy assets.
 * Each node is one self-contained CommonJS file, so that the published package needs no dependencies;
 * only what n8n itself provides stays a `require`.
 */
const { execFileSync } = require('node:child_process');
const { copyFileSync, mkdirSync, rmSync } = require('node:fs');
const path = require('node:path');
const { build } = require('esbuild');
const { dest, parallel, series, src } = require('gulp');

const PROVIDED_BY_N8N = ['n8n-workflow', 'zod', 'lodash', 'luxon', 'p-limit', 'crypto', 'node:crypto'];

const tsc = (...args) =>
	execFileSync(process.execPath, [path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc'), ...args], {
		stdio: 'inherit',
	});

async function clean() {
	rmSync('dist', { recursive: true, force: true });
}

async function typeCheck() {
	tsc('-p', 'tsconfig.json');
}

async function types() {
	tsc('-p', 'tsconfig.types.json');
}

async function bundle() {
	const { n8n } = require('./package.json');
	const sourceOf = (file) => file.replace(/^dist\//, '').replace(/\.js$/, '.ts');
	await build({
		entryPoints: ['index.ts', ...n8n.nodes.map(sourceOf), ...n8n.credentials.map(sourceOf)],
		outdir: 'dist',
		outbase: '.',
		bundle: true,
		platform: 'node',
		format: 'cjs',
		target: 'node20',
		external: PROVIDED_BY_N8N,
		charset: 'utf8',
		legalComments: 'none',
	});
}

const assets = () =>
	src(['icons/*.svg', 'nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json'], { base: '.', encoding: false }).pipe(dest('dist'));

/** What comes out of an operation is the same for every system. */
const OUTPUTS = { send: 'sendResult', getStatus: 'sendResult', approve: 'sendResult', preview: 'previewResult', get: 'subscriptionEvent', getChanged: 'subscriptionEvent', record: 'subscriptionEvent' };

/** Puts the shared output schemas where n8n looks for them: in the folder of each system's nodes, by resource and operation. */
async function outputSchemas() {
	const { n8n } = require('./package.json');
	for (const file of n8n.nodes.filter((node) => !node.startsWith('dist/nodes/M3ter/'))) {
		const name = path.basename(file, '.node.js');
		const { description } = new (require(path.resolve(file))[name])();
		const folder = path.join(path.dirname(file), '__schema__', 'v1.0.0');
		const selectors = description.properties.filter(({ name: property, displayOptions }) => property === 'operation' && displayOptions?.show?.resource);
		const operations = selectors.flatMap(({ displayOptions, options }) => options.map(({ value }) => ({ to: path.join(folder, displayOptions.show.resource[0], `${value}.json`), schema: OUTPUTS[value] })));
		for (const { to, schema } of description.group.includes('trigger') ? [{ to: `${folder}.json`, schema: 'subscriptionEvent' }] : operations) {
			if (schema === undefined) throw new Error(`${to}: no output schema is known for this operation`);
			mkdirSync(path.dirname(to), { recursive: true });
			copyFileSync(path.join('nodes', 'shared', 'outputSchemas', `${schema}.json`), to);
		}
	}
}

exports.typeCheck = typeCheck;
exports.build = series(typeCheck, clean, parallel(bundle, types, assets), outputSchemas);
exports.default = exports.build;
