declare module "virtual:example" {
  const example: import("./messages.ts").Example;
  export default example;
}
