using System.Xml.Linq;

namespace Realtime.Core.Tests;

/// <summary>Which way references point, read from the project files.</summary>
public sealed class ArchitectureTests
{
    /// <summary>The projects of the product that each may reference in code.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Core"] = [],
        ["Transports"] = ["Core"],
        ["Feeds"] = ["Core"],
        ["WebPush"] = ["Core"],
        ["Client"] = [],
        ["Lab"] = ["Core", "Client", "Feeds"],
        ["Bench"] = ["Lab"],
        ["Testing"] = ["Core"],
    };

    [Fact]
    public void Projects_reference_only_what_they_may()
    {
        var projects = Directory.GetFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Append(Path.Combine(Root, "tests", "Realtime.Testing", "Realtime.Testing.csproj")).ToList();

        Assert.Contains(projects, project => NameOf(project) == "Core");
        Assert.All(projects, project => Assert.Equal([], References(project, "ProjectReference").Select(NameOf).Except(MayReference(NameOf(project)))));
    }

    [Fact]
    public void Core_stands_on_abstractions_alone()
    {
        var packages = References(Path.Combine(Root, "src", "Realtime.Core", "Realtime.Core.csproj"), "PackageReference");

        Assert.NotEmpty(packages);
        Assert.All(packages, package => Assert.True(
            package is "Microsoft.Extensions.Options" or "System.IO.Hashing"
            || (package.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) && package.EndsWith(".Abstractions", StringComparison.Ordinal)),
            package));
    }

    private static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Realtime.sln")))
                folder = folder.Parent;
            return folder?.FullName ?? throw new DirectoryNotFoundException($"No Realtime.sln above {AppContext.BaseDirectory}.");
        }
    }

    private static string[] MayReference(string project) => project switch
    {
        // The only place where plug-ins meet.
        "Server" => ["Core", "Transports", "Feeds", "WebPush", "Lab", .. PlugIns],
        _ when PlugIns.Contains(project) => ["Core"],
        _ => Allowed.GetValueOrDefault(project) ?? throw new InvalidOperationException($"Say in this test what {project} may reference."),
    };

    private static string[] PlugIns =>
        [.. Directory.GetDirectories(Path.Combine(Root, "src")).Select(NameOf).Where(name => name.StartsWith("Stores.", StringComparison.Ordinal) || name.StartsWith("Backbones.", StringComparison.Ordinal))];

    /// <summary>A reference that only orders the build brings no code with it.</summary>
    private static IEnumerable<string> References(string project, string kind) => XDocument.Load(project).Descendants(kind)
        .Where(reference => (string?)reference.Attribute("ReferenceOutputAssembly") != "false")
        .Select(reference => (string)reference.Attribute("Include")!);

    private static string NameOf(string path)
    {
        var name = Path.GetFileName(path.Replace('\\', '/'));
        name = name.EndsWith(".csproj", StringComparison.Ordinal) ? name[..^".csproj".Length] : name;
        return name["Realtime.".Length..];
    }
}
