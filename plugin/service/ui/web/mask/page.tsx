import { Page, show } from "../shared/page";
show(<Page title="…" state="loading"><div class="skeleton" /></Page>);
