/** The path prefix under which the console is served, with a slash at both ends: the built script lies in PREFIX/assets/. */
export const base: string = import.meta.env.DEV ? "/" : new URL(/* @vite-ignore */ "..", import.meta.url).pathname;
