import { NONCE, secureHeaders } from 'hono/secure-headers';

/**
 * Sets the security headers of every answer. The page's modules come from the server itself; only the import map is
 * inline and needs the nonce. The daemon speaks plain HTTP, so Strict-Transport-Security is the proxy's to set.
 */
export const securityHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: [NONCE, "'self'"],
    styleSrc: ["'self'"],
    connectSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
  },
  crossOriginEmbedderPolicy: 'require-corp',
  strictTransportSecurity: false,
  xFrameOptions: 'DENY',
  permissionsPolicy: {
    camera: [],
    geolocation: [],
    microphone: [],
    payment: [],
    usb: [],
  },
});
