import SwaggerUIBundle from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";

const root = document.getElementById("page");
if (root) {
  SwaggerUIBundle({
    url: new URL("../openapi.json", document.baseURI).href,
    domNode: root,
    deepLinking: false,
    validatorUrl: null,
  });
  document.body.dataset.state = "ready";
}
