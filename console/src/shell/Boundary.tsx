import { Component, type ErrorInfo, type ReactNode } from "react";

/** Where a screen breaks, that is said in its place; the way to the others stays. */
export class Boundary extends Component<{ children: ReactNode; of: string }, { broken: Error | null }> {
  override state: { broken: Error | null } = { broken: null };

  static getDerivedStateFromError(broken: Error) {
    return { broken };
  }

  override componentDidCatch(error: Error, info: ErrorInfo) {
    console.error(error, info.componentStack);
  }

  override componentDidUpdate(before: { of: string }) {
    if (before.of !== this.props.of && this.state.broken) this.setState({ broken: null });
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <section className="failure" role="alert">
        <h2>This screen could not be drawn.</h2>
        <p>{this.state.broken.message}</p>
        <p className="fine">The data is untouched, and the .json twin has it. Reload the page to try again.</p>
      </section>
    );
  }
}
