/**
 * A mend of @tiptap/y-tiptap 3.0.9, which throws while it takes in somebody else's change when it cannot find where the caret
 * was (after an undo it even looks for the place of long ago). The page then shows the old text, and the next letter typed
 * would write that old text over everybody's. A caret in the wrong place is nothing beside that: it is given up.
 */
import { Extension } from "@tiptap/core";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import { ySyncPluginKey, yUndoPluginKey } from "@tiptap/y-tiptap";
import type { Transaction, XmlFragment, YEvent } from "yjs";

type Observer = (events: YEvent<never>[], transaction: Transaction) => void;

interface Binding {
  type: XmlFragment;
  beforeTransactionSelection: unknown;
  _typeChanged: Observer;
  _observeFunction: Observer;
}

declare module "@tiptap/core" {
  interface Commands<ReturnType> {
    mended: {
      /** What comes next is undone by itself, however soon after the last edit it comes. */
      ownStep: () => ReturnType;
    };
  }
}

interface UndoManager {
  stopCapturing: () => void;
  on: (event: "stack-item-popped", listener: () => void) => void;
  off: (event: "stack-item-popped", listener: () => void) => void;
}

export const Mended = Extension.create({
  name: "mended",
  priority: 10, // after the plugins it mends have looked at their view

  addCommands() {
    return {
      ownStep:
        () =>
        ({ state }) => {
          (yUndoPluginKey.getState(state) as { undoManager: UndoManager }).undoManager.stopCapturing();
          return true;
        },
    };
  },

  addProseMirrorPlugins() {
    return [
      new Plugin({
        key: new PluginKey("mended"),
        view: (view) => {
          const { binding } = ySyncPluginKey.getState(view.state) as { binding: Binding };
          const { undoManager } = yUndoPluginKey.getState(view.state) as { undoManager: UndoManager };
          const forget = (): void => void (binding.beforeTransactionSelection = null);
          const observe: Observer = (events, transaction) => {
            try {
              binding._typeChanged(events, transaction);
            } catch (error) {
              if (!(error instanceof RangeError)) throw error;
              forget();
              binding._typeChanged(events, transaction);
            }
          };
          binding.type.unobserveDeep(binding._observeFunction as never);
          binding._observeFunction = observe; // the binding itself takes it away again
          binding.type.observeDeep(observe as never);
          undoManager.on("stack-item-popped", forget);
          return { destroy: () => undoManager.off("stack-item-popped", forget) };
        },
      }),
    ];
  },
});
