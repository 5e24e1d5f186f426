/** Whether texts are shown as pages of paper, where there is room for one: kept on the device. */
const KEPT = "phien.page-view";

function kept(): boolean {
  try {
    return localStorage.getItem(KEPT) !== "no";
  } catch {
    return true; // a browser that keeps nothing
  }
}

class Paper {
  shown = $state(kept());

  toggle(): void {
    this.shown = !this.shown;
    try {
      localStorage.setItem(KEPT, this.shown ? "yes" : "no");
    } catch {
      // for this visit, then
    }
  }
}

export const paper = new Paper();
