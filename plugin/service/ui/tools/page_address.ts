// Modules ask a page where it lies as soon as they are loaded.
Object.assign(globalThis, { document: { baseURI: "http://localhost/plugins/ophtha/app/" } });
