/** What every screen of a project is given: the project, and the parts of the path after the screen's name. */
export interface ScreenProps {
  project: string;
  rest: string[];
}
