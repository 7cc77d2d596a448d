using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Realtime.Client.Tests.Support;
using Realtime.Testing.Clients;

namespace Realtime.Client.Tests;

/// <summary>The package as <c>dotnet pack</c> makes it, and an application that has nothing but that file.</summary>
public sealed class PackageTests(ClientServer server) : ClientTest(server), IDisposable
{
    private const string Application =
        """
        using Realtime.Client;

        await using var client = new RealtimeClient(new RealtimeClientOptions { Uri = new Uri(args[0]), Token = _ => ValueTask.FromResult(args[1]) });
        await client.PublishAsync(args[2], new { text = "hello" });
        await foreach (var item in client.SubscribeAsync([args[2]], "earliest"))
        {
            Console.WriteLine($"{item.Offset} {item.User}: {item.Data}");
            break;
        }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("realtime-package-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task An_application_is_built_from_the_packed_file_and_works()
    {
        // The output of the build that this test is of: <artifacts>/bin/<project>/<configuration>/.
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var artifacts = output.Parent!.Parent!.Parent!.FullName;
        await DotnetAsync(
            "pack", ProjectPath(), "--no-build", "-c", output.Name == "debug" ? "Debug" : "Release", "-o", _folder.FullName, $"-p:ArtifactsPath={artifacts}", "-v", "q");
        var package = Assert.Single(_folder.GetFiles("*.nupkg"));
        var version = AssertContent(package.FullName);

        var application = _folder.CreateSubdirectory("app").FullName;
        await File.WriteAllTextAsync(Path.Combine(application, "Program.cs"), Application, Cancelled);
        await File.WriteAllTextAsync(Path.Combine(application, "app.csproj"), ProjectFile(version), Cancelled);
        await DotnetAsync("build", application, "-v", "q");
        var token = TestToken.Create("bob", TimeSpan.FromHours(1));
        var printed = await DotnetAsync(Path.Combine(application, "bin", "Debug", "net10.0", "app.dll"), Server.Address.AbsoluteUri, token, Channel);

        Assert.Equal("""1 bob: {"text":"hello"}""", printed.Trim());
    }

    /// <summary>What a package must have, and nothing of the build's own tools; the answer is its version.</summary>
    private static string AssertContent(string package)
    {
        using var zip = ZipFile.OpenRead(package);
        var files = zip.Entries.Select(entry => entry.FullName).ToList();
        Assert.Contains("README.md", files);
        Assert.Contains("lib/net10.0/Realtime.Client.dll", files);
        Assert.Contains("lib/net10.0/Realtime.Client.xml", files);
        using var specification = zip.GetEntry("Realtime.Client.nuspec")!.Open();
        var metadata = XDocument.Load(specification).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
        string Value(string name) => metadata.Elements().Single(element => element.Name.LocalName == name).Value;
        Assert.Equal(("MIT", "README.md"), (Value("license"), Value("readme")));
        Assert.NotEmpty(Value("description"));
        var dependencies = metadata.Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => (string)element.Attribute("id")!);
        Assert.All(dependencies, dependency => Assert.StartsWith("Microsoft.Extensions.", dependency, StringComparison.Ordinal));
        return Value("version");
    }

    // Packages that are on this machine already are taken from there; the packed file is not put among them.
    private string ProjectFile(string version) =>
        $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            <RestoreAdditionalProjectSources>{_folder.FullName}</RestoreAdditionalProjectSources>
            <RestorePackagesPath>{Path.Combine(_folder.FullName, "packages")}</RestorePackagesPath>
            <RestoreFallbackFolders>{GlobalPackages}</RestoreFallbackFolders>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Realtime.Client" Version="{version}" />
          </ItemGroup>
        </Project>
        """;

    private static string GlobalPackages =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static string ProjectPath([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "src", "Realtime.Client"));

    private static async Task<string> DotnetAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // What the running test host was told is not meant for another build.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Cancelled);
        var errors = process.StandardError.ReadToEndAsync(Cancelled);
        await Deadline.WithinAsync(process.WaitForExitAsync(Cancelled), $"end of dotnet {arguments[0]}", TimeSpan.FromMinutes(3));
        Assert.True(process.ExitCode == 0, $"dotnet {arguments[0]} failed: {await output}{await errors}");
        return await output;
    }
}
