/** Which build of the page the hub has now, against the one that is open here. */

export type Hub = "away" | "same" | "newer";

/** A page names its build by its first script, whose name is made of what is in it. */
export async function askBuild(): Promise<Hub> {
  const mine = document.querySelector('script[type="module"][src]')?.getAttribute("src");
  try {
    const answer = await fetch("/", { cache: "no-store", headers: { accept: "text/html" } });
    if (!answer.ok) return "away";
    return !mine || (await answer.text()).includes(mine) ? "same" : "newer";
  } catch (error) {
    if (error instanceof TypeError) return "away"; // so `fetch` says that there is no network
    throw error;
  }
}
