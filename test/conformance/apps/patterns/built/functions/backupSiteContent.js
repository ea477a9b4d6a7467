'use strict';
// Fan-out and fan-in: the sizes of all files of a folder, each read by an activity of its own.
Object.defineProperty(exports, '__esModule', { value: true });
const df = require('durable-functions');
const fs = require('node:fs/promises');
const path = require('node:path');
df.app.orchestration('backupSiteContent', function* (context) {
  const rootDir = context.df.getInput();
  if (!rootDir) throw new Error('A directory path is required as an input.');
  const files = yield context.df.callActivity('getFileList', rootDir);
  const tasks = files.map((filePath) => context.df.callActivity('copyFile', { filePath }));
  const results = yield context.df.Task.all(tasks);
  return results.reduce((prev, curr) => prev + curr, 0);
});
df.app.activity('getFileList', {
  handler: async function (rootDirectory) {
    const entries = await fs.readdir(rootDirectory, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  },
});
df.app.activity('copyFile', {
  handler: async function ({ filePath }) {
    return (await fs.stat(filePath)).size;
  },
});
