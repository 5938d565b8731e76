declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  interface SwaggerOptions {
    url: string;
    domNode: Element;
    deepLinking: boolean;
    validatorUrl: null;
  }
  const SwaggerUIBundle: (options: SwaggerOptions) => unknown;
  export default SwaggerUIBundle;
}
