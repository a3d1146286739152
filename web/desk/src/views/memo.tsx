// Draws a component again only when one of its properties is another.
import { Component, type ComponentType, h } from "preact";

export function memo<P extends object>(inner: ComponentType<P>): ComponentType<P> {
  return class Same extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const keys = Object.keys(next) as (keyof P)[];
      return keys.some((key) => next[key] !== (this.props as P)[key]);
    }
    override render() {
      return h(inner, this.props as P);
    }
  };
}
