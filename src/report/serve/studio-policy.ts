/**
 * What the studio's pages may do, as a Content-Security-Policy: use files of their own server, and show images that they made
 * themselves. There are no inline scripts or styles, no `eval`, and no other server.
 */
export const studioPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "img-src 'self' blob: data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
